using TorchSharp.Binding;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>Writes one tensor in libtorch's own format, which Python's <c>torch.jit.load</c> and every libtorch read.</summary>
    public static void save(Tensor t, string location) => t.save(location);

    public static Tensor load(string location) => Tensor.load(location);

    public partial class Tensor
    {
        public void save(string location) => Native.Check(Native.dtf_tensor_save(Handle, location));

        public static Tensor load(string location)
        {
            IntPtr result;
            Native.Check(Native.dtf_tensor_load(location, &result));
            return new Tensor(result);
        }

        /// <summary>Reads a tensor that <see cref="TensorExtensionMethods.Save(Tensor, string)"/> wrote.</summary>
        public static Tensor Load(string location)
        {
            using var stream = File.OpenRead(location);
            return Load(stream);
        }

        public static Tensor Load(Stream stream)
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            return Load(reader);
        }

        public static Tensor Load(BinaryReader reader) => TensorExtensionMethods.Load(reader);
    }
}
