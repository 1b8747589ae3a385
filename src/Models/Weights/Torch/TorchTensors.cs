using static DiTFastAttn.Models.Weights.Torch.PickleValue;

namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>Finds the tensors in what a pickle holds, under their paths: names joined with "/", places in lists as numbers.</summary>
internal sealed class TorchTensors
{
    private const int MostLevels = 32;
    private const int VisitCost = 16;

    private readonly PickleInput _input;
    private readonly List<string> _path = [];
    private readonly Dictionary<string, Tensor> _found = new(StringComparer.Ordinal);

    private TorchTensors(PickleInput input) => _input = input;

    /// <summary>The tensors of a state dict, or of a dictionary of such.</summary>
    /// <exception cref="WeightFileException">
    /// It is no dictionary, nested too deep, contains itself, or is shared so often that it has no end.
    /// </exception>
    public static IReadOnlyDictionary<string, Tensor> Find(PickleInput input, object? root)
    {
        var tensors = new TorchTensors(input);
        tensors.Visit(root);
        return root is Map ? tensors._found : throw input.Refuse("holds no state dict: a dictionary of tensors is right");
    }

    private void Visit(object? value)
    {
        _input.Charge(VisitCost);
        switch (value)
        {
            case Map map:
                CheckLevel();
                foreach (var (key, item) in map.Items)
                {
                    Enter(key.Text, item);
                }

                break;
            case Sequence { Kind: not SequenceKind.Set } sequence:
                CheckLevel();
                for (var i = 0; i < sequence.Items.Count; i++)
                {
                    Enter(i.ToString(System.Globalization.CultureInfo.InvariantCulture), sequence.Items[i]);
                }

                break;
            case Tensor tensor:
                Add(tensor);
                break;
        }
    }

    private void Enter(string name, object? item)
    {
        _path.Add(name);
        Visit(item);
        _path.RemoveAt(_path.Count - 1);
    }

    /// <summary>The recursion is as deep as the nesting, so that the nesting is limited.</summary>
    private void CheckLevel()
    {
        if (_path.Count >= MostLevels)
        {
            throw _input.Refuse($"nests containers deeper than {MostLevels} levels, or one contains itself");
        }
    }

    private void Add(Tensor tensor)
    {
        _input.Charge(64 + (2 * _path.Sum(name => (long)name.Length + 1)));
        var path = string.Join('/', _path);
        if (!_found.TryAdd(path, tensor))
        {
            throw _input.Refuse($"has two tensors '{path}'");
        }
    }
}
