using System.Globalization;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        // Longer dimensions show their first and last elements.
        private const int Edge = 3;
        private const int ShownWhole = 2 * Edge;

        /// <summary>Shape, dtype and device: <c>[2x3], type = Float32, device = cpu</c>.</summary>
        public override string ToString() => IsInvalid ? "" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        /// <summary>The elements in nested brackets after the metadata; <see cref="TensorStringStyle.Metadata"/> leaves them out.</summary>
        public string ToString(TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
        {
            if (style == TensorStringStyle.Metadata || is_meta || is_complex()) return ToString();
            using var elements = is_floating_point() ? to(ScalarType.Float64, CPU) : to(ScalarType.Int64, CPU);
            var text = new StringBuilder(ToString()).Append(newLine ?? Environment.NewLine);
            Write(text, elements, dtype, fltFormat ?? "g5", cultureInfo ?? CultureInfo.InvariantCulture, newLine ?? Environment.NewLine, 1);
            return text.ToString();
        }

        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null) =>
            disamb ? ToString(TensorStringStyle.Default, fltFormat, width, cultureInfo, newLine) : ToString();

        private static void Write(StringBuilder text, Tensor elements, ScalarType type, string format, CultureInfo culture, string newLine, int depth)
        {
            if (elements.ndim == 0)
            {
                text.Append(type == ScalarType.Bool ? elements.ToBoolean().ToString().ToLowerInvariant()
                    : elements.dtype == ScalarType.Int64 ? elements.ToInt64().ToString(culture)
                    : elements.ToDouble().ToString(format, culture));
                return;
            }
            var separator = elements.ndim == 1 ? ", " : "," + newLine + new string(' ', depth);
            var count = elements.size(0);
            text.Append('[');
            for (long i = 0; i < count; i++)
            {
                if (i > 0) text.Append(separator);
                if (count > ShownWhole && i == Edge)
                {
                    text.Append("...");
                    i = count - Edge - 1;
                    continue;
                }
                using var part = elements.select(0, i);
                Write(text, part, type, format, culture, newLine, depth + 1);
            }
            text.Append(']');
        }
    }
}
