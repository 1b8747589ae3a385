using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Decompositions and norms, batched over the leading dimensions.</summary>
    public static class linalg
    {
        public static Tensor cholesky(Tensor input) => Op.linalg_cholesky.Call(input, false);

        public static Tensor det(Tensor input) => Op.linalg_det.Call(input);

        /// <summary>Ascending eigenvalues and eigenvectors of a symmetric matrix, of which <paramref name="UPLO"/> names the half that is read.</summary>
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Op.linalg_eigh.Call2(input, UPLO.ToString());

        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Op.linalg_eigvalsh.Call(input, UPLO.ToString());

        public static Tensor inv(Tensor input) => Op.linalg_inv.Call(input);

        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Op.linalg_norm.Call(input, Arg.None, dims, keepdim);

        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) => Op.linalg_norm.Call(input, ord, dims, keepdim);

        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) =>
            Op.linalg_pinv_atol_rtol_float.Call(input, atol, rtol, hermitian);

        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Op.linalg_solve.Call(A, B, left);

        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) => Op.linalg_svd.Call3(input, fullMatrices);

        public static Tensor svdvals(Tensor input) => Op.linalg_svdvals.Call(input);

        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) =>
            Op.linalg_vector_norm.Call(input, ord, dims, keepdim);
    }
}
