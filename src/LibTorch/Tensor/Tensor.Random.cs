using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Op.normal_.Apply(this, mean, std, generator);
        public Tensor uniform_(double from, double to, Generator? generator = null) => Op.uniform_.Apply(this, @from, to, generator);
        public Tensor random_(double from, double to, Generator? generator = null) =>
            Op.random__from.Apply(this, (long)@from, (long)to, generator);
        public Tensor bernoulli(Generator? generator = null) => Op.bernoulli.Call(this, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Op.bernoulli__float.Apply(this, p, generator);
        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Op.bernoulli__Tensor.Apply(this, p, generator);
        public Tensor exponential_(double lambda = 1, Generator? generator = null) => Op.exponential_.Apply(this, lambda, generator);
        public Tensor log_normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Op.log_normal_.Apply(this, mean, std, generator);
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Op.multinomial.Call(this, num_samples, replacement, generator);
        public Tensor poisson(Generator? generator = null) => Op.poisson.Call(this, generator);
    }
}
