using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public Tensor matmul(Tensor target) => Op.matmul.Call(this, target);
        public Tensor mm(Tensor target) => Op.mm.Call(this, target);
        public Tensor mv(Tensor target) => Op.mv.Call(this, target);
        public Tensor bmm(Tensor batch2) => Op.bmm.Call(this, batch2);
        /// <summary>beta · this + alpha · mat1 · mat2</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Op.addmm.Call(this, mat1, mat2, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Op.addmm_.Apply(this, mat1, mat2, beta, alpha);
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => Op.addmv.Call(this, mat, vec, beta, alpha);
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Op.addbmm.Call(this, batch1, batch2, beta, alpha);
        /// <summary>beta · this + alpha · batch1 · batch2, batch by batch</summary>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Op.baddbmm.Call(this, batch1, batch2, beta, alpha);
        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) => Op.addr.Call(this, vec1, vec2, beta, alpha);
        public Tensor dot(Tensor target) => Op.dot.Call(this, target);
        public Tensor vdot(Tensor target) => Op.vdot.Call(this, target);
        public Tensor inner(Tensor vec2) => Op.inner.Call(this, vec2);
        public Tensor outer(Tensor vec2) => Op.outer.Call(this, vec2);
        public Tensor kron(Tensor other) => Op.kron.Call(this, other);
        public Tensor tensordot(Tensor b, long[] dims1, long[] dims2) => Op.tensordot.Call(this, b, dims1, dims2);
        public Tensor trace() => Op.trace.Call(this);
        public Tensor det() => Op.det.Call(this);
        public Tensor logdet() => Op.logdet.Call(this);
        public Tensor inverse() => Op.inverse.Call(this);
        public Tensor pinverse(double rcond = 1E-15, bool hermitian = false) => Op.linalg_pinv.Call(this, rcond, hermitian);
        public Tensor matrix_power(int n) => Op.matrix_power.Call(this, n);
        public Tensor matrix_exp() => Op.matrix_exp.Call(this);
        public Tensor cov(long correction = 1, Tensor? fweights = null, Tensor? aweights = null) =>
            Op.cov.Call(this, correction, fweights, aweights);
        public Tensor corrcoef() => Op.corrcoef.Call(this);
        public Tensor cholesky(bool upper = false) => Op.linalg_cholesky.Call(this, upper);
    }
}
