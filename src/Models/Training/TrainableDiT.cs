using DiTFastAttn.Models.Shapes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Training;

/// <summary>
/// A model with its optimisers: Muon for the matrices inside of blocks, AdamW for all the rest. Not to be constructed inside a
/// dispose scope.
/// </summary>
internal sealed class TrainableDiT : IDisposable
{
    private const string ModelPrefix = "model.";
    private const string MuonPrefix = "muon.";
    private const string AdamKey = "adamw";
    private const double AdamBeta1 = 0.9;
    private const double AdamBeta2 = 0.99;

    // attn.qkv is three matrices, each of which has directions of its own.
    private static readonly (string Suffix, int Parts)[] MuonMatrices =
        [(".attn.qkv.weight", 3), (".attn.proj.weight", 1), (".mlp.fc1.weight", 1), (".mlp.fc2.weight", 1)];

    private readonly Muon _muon;
    private readonly AdamW _adam;

    public TrainableDiT(MetaDiTConfig config)
    {
        Model = new MetaDiT(config);
        Weights = [.. Model.named_parameters().Where(p => p.parameter.requires_grad)];
        _muon = new Muon(Weights.Where(w => PartsOf(w.Name) > 0).Select(w => (w.Weight, PartsOf(w.Name))));
        _adam = optim.AdamW(Weights.Where(w => PartsOf(w.Name) == 0).Select(w => w.Weight), beta1: AdamBeta1, beta2: AdamBeta2);
    }

    public MetaDiT Model { get; }

    /// <summary>What is trained, in the model's order.</summary>
    public IReadOnlyList<(string Name, Parameter Weight)> Weights { get; }

    /// <summary>The weights as tensors.</summary>
    public IEnumerable<(string Name, Tensor Weight)> Tensors => Weights.Select(w => (w.Name, (Tensor)w.Weight));

    /// <summary>Changes the weights once by their gradients.</summary>
    public void Step(double muonRate, double adamRate, double gradientNorm)
    {
        nn.utils.clip_grad_norm_(Weights.Select(w => w.Weight), gradientNorm);
        foreach (var group in _adam.ParamGroups)
        {
            group.LearningRate = adamRate;
        }

        _muon.Step(muonRate);
        _adam.step();
    }

    /// <summary>Weights and optimisers by name. The tensors are this object's own but for AdamW's, which the caller disposes.</summary>
    public Dictionary<string, Tensor> State()
    {
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, weight) in Tensors)
        {
            state[ModelPrefix + name] = weight;
        }

        foreach (var (name, momentum) in _muon.State)
        {
            state[MuonPrefix + name] = momentum;
        }

        // TorchSharp gives access to the states of its optimisers only as bytes.
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes))
        {
            _adam.save_state_dict(writer);
        }

        state[AdamKey] = tensor(bytes.ToArray());
        return state;
    }

    /// <summary>Takes over weights and optimisers.</summary>
    /// <param name="source">What <see cref="State"/> gave, perhaps with more beside it.</param>
    /// <exception cref="WeightFileException">Something is missing or of another shape.</exception>
    public void Restore(IWeightSource source)
    {
        using var noGrad = no_grad();
        foreach (var (name, weight) in Tensors)
        {
            StateTensors.Copy(source, ModelPrefix + name, weight);
        }

        foreach (var (name, momentum) in _muon.State)
        {
            StateTensors.Copy(source, MuonPrefix + name, momentum);
        }

        using var bytes = StateTensors.Read(source, AdamKey);
        using var reader = new BinaryReader(new MemoryStream(bytes.bytes.ToArray()));
        _adam.load_state_dict(reader);
    }

    public void Dispose()
    {
        _muon.Dispose();
        _adam.Dispose();
        Model.Dispose();
    }

    private static int PartsOf(string name)
        => name.StartsWith("blocks.", StringComparison.Ordinal)
            ? MuonMatrices.FirstOrDefault(m => name.EndsWith(m.Suffix, StringComparison.Ordinal)).Parts
            : 0;
}
