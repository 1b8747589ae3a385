using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                CheckTarget(device.type, dtype);
                _toEpilog(dtype, device, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                CheckTarget(deviceType, dtype: null);
                _toEpilog(dtype: null, new Device(deviceType, deviceIndex), non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                CheckTarget(DeviceType.CPU, dtype);
                _toEpilog(dtype, device: null, non_blocking);
                return this;
            }

            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            /// <summary>
            /// Moves and converts the parameters and buffers of this module and of those below. What has to change is replaced by a new tensor
            /// that no dispose scope owns, and the old one is disposed; the field that held it, or the property of that name, gets the new one.
            /// </summary>
            /// <param name="dtype">The new dtype of what is floating point or complex; null leaves it.</param>
            /// <param name="device">The new device; null leaves it.</param>
            /// <param name="non_blocking">Whether a copy between devices may go on in the background.</param>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                foreach (var (_, module) in named_children())
                {
                    if (device is null) module._to(dtype!.Value, non_blocking);
                    else if (dtype is null) module._to(device.type, device.index, non_blocking);
                    else module._to(device, dtype.Value, non_blocking);
                }
                foreach (var (own, parameter) in ownParameters.ToList())
                {
                    if (parameter.IsInvalid || !ReplaceParameter(dtype, device, parameter, out var moved)) continue;
                    ConditionallyRegisterParameter(own, moved);
                    SetComponent(own, parameter, moved!);
                    parameter.Dispose();
                }
                foreach (var (own, (buffer, persistent)) in ownBuffers.ToList())
                {
                    // As in TorchSharp 0.106, which passes over the others: see named_buffers.
                    if (!persistent || buffer.IsInvalid || !ReplaceBuffer(dtype, device, buffer, out var moved)) continue;
                    ConditionallyRegisterBuffer(own, moved, persistent);
                    SetComponent(own, buffer, moved!);
                }
            }

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking) => _toEpilog(dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                _toEpilog(dtype: null, new Device(deviceType, deviceIndex), non_blocking);

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, device: null, non_blocking);

            /// <summary>Makes the buffer's moved copy and disposes the buffer; false where it is already as wanted.</summary>
            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, out Tensor? result)
            {
                result = null;
                var type = TargetType(buffer, dtype);
                if (!HasToMove(buffer, type, device)) return false;
                result = buffer.to(type, device ?? buffer.device, disposeAfter: true).DetachFromDisposeScope();
                return true;
            }

            /// <summary>Makes the parameter's moved copy, its gradient with it; false where both are already as wanted.</summary>
            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, out Parameter? p)
            {
                p = null;
                using var grad = param.grad;
                var type = TargetType(param, dtype);
                if (!HasToMove(param, type, device) && (grad is null || !HasToMove(grad, type, device))) return false;

                // Without gradients the copy is a leaf, which is what collects gradients.
                using var mode = no_grad();
                p = new Parameter(param.to(type, device ?? param.device), param.requires_grad);
                p.DetachFromDisposeScope();
                if (grad is not null)
                {
                    using var movedGrad = grad.to(type, device ?? param.device);
                    p.grad = movedGrad;
                }
                return true;
            }

            /// <summary>The device and dtype that a factory uses where the caller gave none.</summary>
            protected static (Device device, ScalarType dtype) GetDefaultDeviceAndType(Device? device = null, ScalarType? dtype = null) =>
                (device ?? get_default_device(), dtype ?? get_default_dtype());

            private static ScalarType TargetType(Tensor tensor, ScalarType? dtype) =>
                dtype is { } type && (tensor.is_floating_point() || tensor.is_complex()) ? type : tensor.dtype;

            private static bool HasToMove(Tensor tensor, ScalarType dtype, Device? device) =>
                tensor.dtype != dtype
                || (device is not null
                    && (tensor.device_type != device.type || (device.index >= 0 && device.type != DeviceType.CPU && tensor.device_index != device.index)));

            private static void CheckTarget(DeviceType device, ScalarType? dtype)
            {
                if (dtype is not (null or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64
                    or ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}", nameof(dtype));
                if (device == DeviceType.CUDA && !cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
            }

            /// <summary>Puts the moved tensor where the old one was held: in the field registered under the name, else in the property so named.</summary>
            private void SetComponent(string component, Tensor old, Tensor moved)
            {
                foreach (var field in ComponentFields())
                {
                    if (field.ComponentName() != component || !ReferenceEquals(field.GetValue(this), old)) continue;
                    field.SetValue(this, moved);
                    return;
                }
                var property = GetType().GetProperty(component, BindingFlags.Public | BindingFlags.Instance, binder: null, returnType: null, [], modifiers: null);
                if (property is { CanWrite: true } && property.PropertyType.IsInstanceOfType(moved)) property.SetValue(this, moved);
            }
        }
    }
}
