using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public Tensor add(Tensor target) => Op.add_Tensor.Call(this, target);
        public Tensor add(Tensor target, Scalar alpha) => Op.add_Tensor.Call(this, target, alpha);
        public Tensor add(Scalar scalar) => Op.add_Scalar.Call(this, scalar);
        public Tensor add(Scalar scalar, Scalar alpha) => Op.add_Scalar.Call(this, scalar, alpha);
        public Tensor add_(Tensor target) => Op.add__Tensor.Apply(this, target);
        public Tensor add_(Tensor target, Scalar alpha) => Op.add__Tensor.Apply(this, target, alpha);
        public Tensor add_(Scalar scalar) => Op.add__Scalar.Apply(this, scalar);
        public Tensor add_(Scalar scalar, Scalar alpha) => Op.add__Scalar.Apply(this, scalar, alpha);
        public Tensor mul(Tensor target) => Op.mul_Tensor.Call(this, target);
        public Tensor mul(Scalar target) => Op.mul_Scalar.Call(this, target);
        public Tensor mul_(Tensor target) => Op.mul__Tensor.Apply(this, target);
        public Tensor mul_(Scalar target) => Op.mul__Scalar.Apply(this, target);
        public Tensor multiply(Tensor target) => mul(target);
        public Tensor multiply(Scalar target) => mul(target);
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.div_Tensor_mode.Call(this, target, Rounding(rounding_mode));
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.div_Scalar_mode.Call(this, target, Rounding(rounding_mode));
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.div__Tensor_mode.Apply(this, target, Rounding(rounding_mode));
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.div__Scalar_mode.Apply(this, target, Rounding(rounding_mode));
        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);
        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);
        public Tensor sub(Tensor target) => Op.sub_Tensor.Call(this, target);
        public Tensor sub(Scalar target) => Op.sub_Scalar.Call(this, target);
        public Tensor sub_(Tensor target) => Op.sub__Tensor.Apply(this, target);
        public Tensor sub_(Scalar target) => Op.sub__Scalar.Apply(this, target);
        public Tensor subtract(Tensor target) => sub(target);
        public Tensor subtract(Scalar target) => sub(target);

        private static string? Rounding(RoundingMode mode) => mode == RoundingMode.None ? null : mode.ToString();

        public Tensor pow(Tensor exponent) => Op.pow_Tensor_Tensor.Call(this, exponent);
        public Tensor pow(Scalar exponent) => Op.pow_Tensor_Scalar.Call(this, exponent);
        public Tensor pow_(Tensor exponent) => Op.pow__Tensor.Apply(this, exponent);
        public Tensor pow_(Scalar exponent) => Op.pow__Scalar.Apply(this, exponent);
        public Tensor remainder(Tensor target) => Op.remainder_Tensor.Call(this, target);
        public Tensor remainder(Scalar scalar) => Op.remainder_Scalar.Call(this, scalar);
        public Tensor remainder_(Tensor target) => Op.remainder__Tensor.Apply(this, target);
        public Tensor remainder_(Scalar scalar) => Op.remainder__Scalar.Apply(this, scalar);
        public Tensor fmod(Tensor target) => Op.fmod_Tensor.Call(this, target);
        public Tensor fmod(Scalar scalar) => Op.fmod_Scalar.Call(this, scalar);
        public Tensor floor_divide(Tensor other) => Op.floor_divide.Call(this, other);
        public Tensor floor_divide(Scalar other) => Op.floor_divide_Scalar.Call(this, other);
        public Tensor true_divide(Tensor other) => div(other, RoundingMode.None);
        public Tensor true_divide(Scalar other) => div(other, RoundingMode.None);
        /// <summary>this + value · tensor1 · tensor2</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Op.addcmul.Call(this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Op.addcmul_.Apply(this, tensor1, tensor2, value);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Op.addcdiv.Call(this, tensor1, tensor2);
        /// <summary>this + value · tensor1 / tensor2</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Op.addcdiv.Call(this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Op.addcdiv_.Apply(this, tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Op.addcdiv_.Apply(this, tensor1, tensor2, value);
        /// <summary>this + weight · (end − this)</summary>
        public Tensor lerp(Tensor end, Tensor weight) => Op.lerp_Tensor.Call(this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => Op.lerp__Tensor.Apply(this, end, weight);
        public Tensor maximum(Tensor other) => Op.maximum.Call(this, other);
        public Tensor minimum(Tensor other) => Op.minimum.Call(this, other);
        public Tensor fmax(Tensor other) => Op.fmax.Call(this, other);
        public Tensor fmin(Tensor other) => Op.fmin.Call(this, other);
        public Tensor atan2(Tensor other) => Op.atan2.Call(this, other);
        public Tensor atan2_(Tensor other) => Op.atan2_.Apply(this, other);
        public Tensor hypot(Tensor other) => Op.hypot.Call(this, other);
        public Tensor copysign(Tensor other) => Op.copysign_Tensor.Call(this, other);
        public Tensor logaddexp(Tensor other) => Op.logaddexp.Call(this, other);
        public Tensor xlogy(Tensor y) => Op.xlogy_Tensor.Call(this, y);
        public Tensor fill_(Scalar value) => Op.fill__Scalar.Apply(this, value);
        public Tensor zero_() => Op.zero_.Apply(this);
        /// <summary>Copies values in, broadcasting and converting the dtype.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Op.copy_.Apply(this, source, nonBlocking);
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Op.clamp.Call(this, min, max);
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Op.clamp_Tensor.Call(this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Op.clamp_.Apply(this, min, max);
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Op.clamp__Tensor.Apply(this, min, max);
        public Tensor clamp_min(Scalar min) => Op.clamp_min.Call(this, min);
        public Tensor clamp_max(Scalar max) => Op.clamp_max.Call(this, max);
        public Tensor clamp_min_(Scalar min) => Op.clamp_min_.Apply(this, min);
        public Tensor clamp_max_(Scalar max) => Op.clamp_max_.Apply(this, max);
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor bitwise_and(Tensor other) => Op.bitwise_and_Tensor.Call(this, other);
        public Tensor bitwise_or(Tensor other) => Op.bitwise_or_Tensor.Call(this, other);
        public Tensor bitwise_xor(Tensor other) => Op.bitwise_xor_Tensor.Call(this, other);
        public Tensor bitwise_not() => Op.bitwise_not.Call(this);
        public Tensor bitwise_left_shift(Tensor other) => Op.bitwise_left_shift_Tensor.Call(this, other);
        public Tensor bitwise_right_shift(Tensor other) => Op.bitwise_right_shift_Tensor.Call(this, other);
        public Tensor logical_and(Tensor other) => Op.logical_and.Call(this, other);
        public Tensor logical_or(Tensor other) => Op.logical_or.Call(this, other);
        public Tensor logical_xor(Tensor other) => Op.logical_xor.Call(this, other);
        public Tensor logical_not() => Op.logical_not.Call(this);
    }
}
