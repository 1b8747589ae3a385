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

    }
}
