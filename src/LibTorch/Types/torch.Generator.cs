using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Seeds the default generators of every device and returns the CPU's.</summary>
    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static long seed() => random.seed();

    public static long initial_seed() => random.initial_seed();

    public static Tensor get_rng_state() => random.get_rng_state();

    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);

    public static class random
    {
        public static Generator manual_seed(long seed)
        {
            Native.Check(Native.dtf_manual_seed(seed));
            return Generator.Default;
        }

        public static long seed() => Generator.Default.seed();

        public static long initial_seed() => Generator.Default.initial_seed();

        public static Tensor get_rng_state() => Generator.Default.get_state();

        public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);
    }

    /// <summary>A source of random numbers with its own state. Equal seeds give equal numbers on the same kind of device.</summary>
    public unsafe class Generator : IDisposable
    {
        private IntPtr handle;

        public Generator(ulong seed = 0, Device? device = null)
            : this(InitializeDevice(device), shared: false, seed)
        {
        }

        private Generator(Device device, bool shared, ulong seed)
        {
            this.device = device;
            IntPtr result;
            Native.Check(Native.dtf_generator_new(device.Packed, shared ? 1 : 0, seed, &result));
            handle = result;
        }

        ~Generator() => Dispose(disposing: false);

        /// <summary>The CPU's default generator.</summary>
        public static Generator Default => new(CPU, shared: true, 0);

        public Device device { get; }

        public IntPtr Handle => handle != IntPtr.Zero ? handle : throw new InvalidOperationException("Generator invalid -- empty handle.");

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.dtf_generator_set_seed(Handle, unchecked((ulong)seed)));
            return this;
        }

        public long initial_seed()
        {
            ulong seed;
            Native.Check(Native.dtf_generator_initial_seed(Handle, &seed));
            return unchecked((long)seed);
        }

        /// <summary>Seeds from the system's randomness and returns the seed.</summary>
        public long seed()
        {
            ulong seed;
            Native.Check(Native.dtf_generator_seed(Handle, &seed));
            return unchecked((long)seed);
        }

        /// <summary>The whole state as a byte tensor, for <see cref="set_state"/>.</summary>
        public Tensor get_state()
        {
            IntPtr state;
            Native.Check(Native.dtf_generator_state(Handle, &state));
            return new Tensor(state);
        }

        public void set_state(Tensor value) => Native.Check(Native.dtf_generator_set_state(Handle, value.Handle));

        public void Dispose()
        {
            Dispose(disposing: true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (handle == IntPtr.Zero) return;
            Native.dtf_generator_free(handle);
            handle = IntPtr.Zero;
        }
    }
}
