using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>Same shape and the same values.</summary>
        public bool Equals(Tensor target) => target is not null && Op.equal.CallBool(this, target);

        public Tensor eq(Tensor target) => Op.eq_Tensor.Call(this, target);
        public Tensor eq(Scalar target) => Op.eq_Scalar.Call(this, target);
        public Tensor eq_(Tensor target) => Op.eq__Tensor.Apply(this, target);
        public Tensor eq_(Scalar target) => Op.eq__Scalar.Apply(this, target);
        public Tensor ne(Tensor target) => Op.ne_Tensor.Call(this, target);
        public Tensor ne(Scalar target) => Op.ne_Scalar.Call(this, target);
        public Tensor ne_(Tensor target) => Op.ne__Tensor.Apply(this, target);
        public Tensor ne_(Scalar target) => Op.ne__Scalar.Apply(this, target);
        public Tensor lt(Tensor target) => Op.lt_Tensor.Call(this, target);
        public Tensor lt(Scalar target) => Op.lt_Scalar.Call(this, target);
        public Tensor lt_(Tensor target) => Op.lt__Tensor.Apply(this, target);
        public Tensor lt_(Scalar target) => Op.lt__Scalar.Apply(this, target);
        public Tensor le(Tensor target) => Op.le_Tensor.Call(this, target);
        public Tensor le(Scalar target) => Op.le_Scalar.Call(this, target);
        public Tensor le_(Tensor target) => Op.le__Tensor.Apply(this, target);
        public Tensor le_(Scalar target) => Op.le__Scalar.Apply(this, target);
        public Tensor gt(Tensor target) => Op.gt_Tensor.Call(this, target);
        public Tensor gt(Scalar target) => Op.gt_Scalar.Call(this, target);
        public Tensor gt_(Tensor target) => Op.gt__Tensor.Apply(this, target);
        public Tensor gt_(Scalar target) => Op.gt__Scalar.Apply(this, target);
        public Tensor ge(Tensor target) => Op.ge_Tensor.Call(this, target);
        public Tensor ge(Scalar target) => Op.ge_Scalar.Call(this, target);
        public Tensor ge_(Tensor target) => Op.ge__Tensor.Apply(this, target);
        public Tensor ge_(Scalar target) => Op.ge__Scalar.Apply(this, target);
        /// <summary>Element by element, as <see cref="eq(Tensor)"/>.</summary>
        public Tensor equal(Tensor target) => eq(target);
        public Tensor not_equal(Tensor target) => ne(target);
        public Tensor greater(Tensor target) => gt(target);
        public Tensor greater_equal(Tensor target) => ge(target);
        public Tensor less(Tensor target) => lt(target);
        public Tensor less_equal(Tensor target) => le(target);
        /// <summary>|this − target| ≤ atol + rtol · |target| everywhere.</summary>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            Op.allclose.CallBool(this, target, rtol, atol, equal_nan);
        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Op.isclose.Call(this, other, rtol, atol, nanEqual);
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Op.isin_Tensor_Tensor.Call(this, test_elements, assumeUnique, invert);
        public bool is_nonzero() => Op.is_nonzero.CallBool(this);
    }
}
