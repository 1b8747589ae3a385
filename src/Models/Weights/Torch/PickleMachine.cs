using System.Globalization;
using System.Numerics;
using static DiTFastAttn.Models.Weights.Torch.PickleValue;

namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>
/// Reads the pickle of a weight file. Only what a state dict is made of is understood; nothing is ever imported, made or
/// called. It does not recurse, so that no nesting ends the process.
/// </summary>
internal sealed class PickleMachine
{
    private const int NewestProtocol = 5;
    private const int MostOnStack = 1 << 20;
    private const int LongestNumber = 1024;
    private const int LongestDigits = 200;

    // What objects of .NET take, roughly; a budget is for orders of magnitude.
    private const int MapCost = 120;
    private const int SequenceCost = 80;
    private const int ItemCost = 16;
    private const int EntryCost = 64;
    private const int NumberCost = 24;

    private readonly PickleInput _input;
    private readonly Func<object?, Storage> _load;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private long _largestMemo = -1;

    private PickleMachine(PickleInput input, Func<object?, Storage> load) => (_input, _load) = (input, load);

    /// <summary>Runs a pickle to its STOP.</summary>
    /// <param name="input">The bytes; stand behind the STOP afterwards.</param>
    /// <param name="load">Makes a storage of a persistent id.</param>
    /// <returns>What it holds: null, a number, text, boolean or <see cref="PickleValue"/>.</returns>
    /// <exception cref="WeightFileException">It is damaged, or holds what no weight file needs.</exception>
    public static object? Run(PickleInput input, Func<object?, Storage> load)
    {
        var machine = new PickleMachine(input, load);
        while ((PickleOpcode)input.Byte() is var opcode && opcode != PickleOpcode.Stop)
        {
            machine.Step(opcode);
        }

        return machine.Result();
    }

    private object? Result()
    {
        if (_stack.Count != 1 || _marks.Count != 0)
        {
            throw _input.Refuse($"ends with {_stack.Count} values and {_marks.Count} marks; one value is right");
        }

        return _largestMemo <= _input.Consumed ? _stack[0] : throw _input.Refuse($"has a memo index {_largestMemo}, more than it has bytes");
    }

    private void Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                CheckProtocol(_input.Byte());
                break;
            case PickleOpcode.Frame:
                _input.CheckLeft(_input.Length64());
                break;
            case PickleOpcode.Mark:
                _input.Charge(4);
                _marks.Add(_stack.Count);
                break;
            case PickleOpcode.Pop when _marks.Count > 0 && _marks[^1] == _stack.Count:
                _marks.RemoveAt(_marks.Count - 1);
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            case PickleOpcode.Dup:
                Push(Top());
                break;
            case PickleOpcode.None:
                Push(null);
                break;
            case PickleOpcode.NewTrue:
                Push(true);
                break;
            case PickleOpcode.NewFalse:
                Push(false);
                break;
            case PickleOpcode.BinInt:
                PushNumber((long)_input.Int32());
                break;
            case PickleOpcode.BinInt1:
                PushNumber((long)_input.Byte());
                break;
            case PickleOpcode.BinInt2:
                PushNumber((long)_input.UInt16());
                break;
            case PickleOpcode.Long1:
                PushNumber(Long(_input.Byte()));
                break;
            case PickleOpcode.Long4:
                PushNumber(Long(_input.Int32()));
                break;
            case PickleOpcode.Int:
                PushIntText();
                break;
            case PickleOpcode.Long:
                PushNumber(LongText(_input.Line()));
                break;
            case PickleOpcode.Float:
                PushFloatText();
                break;
            case PickleOpcode.BinFloat:
                PushNumber(_input.BigEndianDouble());
                break;
            case PickleOpcode.BinUnicode or PickleOpcode.BinString:
                Push(_input.Text(_input.UInt32()));
                break;
            case PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinString:
                Push(_input.Text(_input.Byte()));
                break;
            case PickleOpcode.BinUnicode8:
                Push(_input.Text(_input.Length64()));
                break;
            case PickleOpcode.String or PickleOpcode.Unicode:
                Push(LineText(opcode));
                break;
            case PickleOpcode.BinBytes:
                PushBytes(_input.UInt32());
                break;
            case PickleOpcode.ShortBinBytes:
                PushBytes(_input.Byte());
                break;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                PushBytes(_input.Length64());
                break;
            case PickleOpcode.EmptyList:
                Push(Make(SequenceKind.List, []));
                break;
            case PickleOpcode.EmptyTuple:
                Push(Make(SequenceKind.Tuple, []));
                break;
            case PickleOpcode.EmptySet:
                Push(Make(SequenceKind.Set, []));
                break;
            case PickleOpcode.EmptyDict:
                Push(MakeMap(isOrdered: false));
                break;
            case PickleOpcode.List:
                Push(Make(SequenceKind.List, PopToMark()));
                break;
            case PickleOpcode.Tuple:
                Push(Make(SequenceKind.Tuple, PopToMark()));
                break;
            case PickleOpcode.FrozenSet:
                Push(Make(SequenceKind.Set, PopToMark()));
                break;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                Push(Make(SequenceKind.Tuple, PopMany(opcode - PickleOpcode.Tuple1 + 1)));
                break;
            case PickleOpcode.Dict:
                var entries = PopToMark();
                Push(MakeMap(isOrdered: false));
                SetItems(entries);
                break;
            case PickleOpcode.Append:
                Extend(SequenceKind.List, PopMany(1));
                break;
            case PickleOpcode.Appends:
                Extend(SequenceKind.List, PopToMark());
                break;
            case PickleOpcode.AddItems:
                Extend(SequenceKind.Set, PopToMark());
                break;
            case PickleOpcode.SetItem:
                SetItems(PopMany(2));
                break;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                break;
            case PickleOpcode.Get:
                Push(Recall(Index(_input.Line())));
                break;
            case PickleOpcode.BinGet:
                Push(Recall(_input.Byte()));
                break;
            case PickleOpcode.LongBinGet:
                Push(Recall(_input.UInt32()));
                break;
            case PickleOpcode.Put:
                Memoize(Index(_input.Line()));
                break;
            case PickleOpcode.BinPut:
                Memoize(_input.Byte());
                break;
            case PickleOpcode.LongBinPut:
                Memoize(_input.UInt32());
                break;
            case PickleOpcode.Memoize:
                Memoize(_memo.Count);
                break;
            case PickleOpcode.Global:
                var module = _input.Line();
                PushGlobal(module, _input.Line());
                break;
            case PickleOpcode.StackGlobal:
                PushNamedGlobal();
                break;
            case PickleOpcode.Reduce:
                Reduce();
                break;
            case PickleOpcode.NewObj:
                NewObject();
                break;
            case PickleOpcode.Build:
                Build();
                break;
            case PickleOpcode.BinPersId:
                Push(_load(Pop()));
                break;
            case PickleOpcode.PersId or PickleOpcode.Inst or PickleOpcode.Obj or PickleOpcode.NewObjEx
                or PickleOpcode.Ext1 or PickleOpcode.Ext2 or PickleOpcode.Ext4 or PickleOpcode.NextBuffer or PickleOpcode.ReadOnlyBuffer:
                throw _input.Refuse($"has the opcode {opcode} at byte {_input.Consumed - 1}, which makes objects of classes; weights need none");
            default:
                throw _input.Refuse($"has the byte 0x{(int)opcode:X2} at byte {_input.Consumed - 1}, which is no opcode");
        }
    }

    private void CheckProtocol(int protocol)
    {
        if (protocol > NewestProtocol)
        {
            throw _input.Refuse($"is of protocol {protocol}; 0 to {NewestProtocol} are known");
        }
    }

    private void Push(object? value)
    {
        if (_stack.Count == MostOnStack)
        {
            throw _input.Refuse($"keeps more than {MostOnStack} values waiting");
        }

        _stack.Add(value);
    }

    private void PushNumber(object number)
    {
        _input.Charge(NumberCost);
        Push(number);
    }

    private void PushBytes(long count)
    {
        _input.Skip(count);
        Push(Bytes.Instance);
    }

    private object? Top() => _stack.Count > (_marks.Count > 0 ? _marks[^1] : 0)
        ? _stack[^1]
        : throw _input.Refuse($"takes a value at byte {_input.Consumed - 1} where there is none");

    private object? Pop()
    {
        var top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private List<object?> PopMany(int count)
    {
        var items = new List<object?>(count);
        for (var i = 0; i < count; i++)
        {
            items.Add(Pop());
        }

        items.Reverse();
        return items;
    }

    private List<object?> PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw _input.Refuse($"takes values to a mark at byte {_input.Consumed - 1} where there is none");
        }

        var mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = _stack.GetRange(mark, _stack.Count - mark);
        _stack.RemoveRange(mark, items.Count);
        return items;
    }

    private Sequence Make(SequenceKind kind, List<object?> items)
    {
        _input.Charge(SequenceCost + (ItemCost * items.Count));
        return new Sequence(kind, items);
    }

    private Map MakeMap(bool isOrdered)
    {
        _input.Charge(MapCost);
        return new Map(isOrdered);
    }

    private void Extend(SequenceKind kind, List<object?> items)
    {
        if (Top() is not Sequence sequence || sequence.Kind != kind)
        {
            throw _input.Refuse($"adds at byte {_input.Consumed - 1} to what is no {kind.ToString().ToLowerInvariant()}");
        }

        _input.Charge(ItemCost * items.Count);
        sequence.Items.AddRange(items);
    }

    private void SetItems(List<object?> items)
    {
        if (Top() is not Map map || items.Count % 2 != 0)
        {
            throw _input.Refuse($"sets entries at byte {_input.Consumed - 1} of what is no dictionary, or half an entry");
        }

        for (var i = 0; i < items.Count; i += 2)
        {
            Set(map, items[i], items[i + 1]);
        }
    }

    private void Set(Map map, object? key, object? value)
    {
        _input.Charge(EntryCost);
        map.Items[KeyOf(key)] = value;
    }

    private Key KeyOf(object? key) => key switch
    {
        string text => new Key(text, IsText: true),
        null => new Key("None", IsText: false),
        bool flag => new Key(flag ? "True" : "False", IsText: false),
        long or double or BigInteger => new Key(((IFormattable)key).ToString(null, CultureInfo.InvariantCulture), IsText: false),
        _ => throw _input.Refuse($"has a dictionary with a key at byte {_input.Consumed - 1} that is neither text nor number"),
    };

    private object? Recall(long index)
        => _memo.TryGetValue(index, out var value) ? value : throw _input.Refuse($"recalls memo {index} at byte {_input.Consumed - 1}, which is not there");

    private void Memoize(long index)
    {
        _input.Charge(EntryCost);
        _largestMemo = Math.Max(_largestMemo, index);
        _memo[index] = Top();
    }

    private long Index(string line) => long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        ? index
        : throw _input.Refuse($"has a memo index at byte {_input.Consumed - 1} that is no number");

    private object Long(int count)
    {
        if (count is < 0 or > LongestNumber)
        {
            throw _input.Refuse($"has a number of {count} bytes at byte {_input.Consumed - 1}; at most {LongestNumber} are read");
        }

        var number = new BigInteger(_input.Take(count));
        return number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
    }

    private void PushIntText()
    {
        // Protocols 0 and 1 write booleans as these two.
        switch (_input.Line())
        {
            case "00":
                Push(false);
                break;
            case "01":
                Push(true);
                break;
            case var line:
                PushNumber(LongText(line));
                break;
        }
    }

    private object LongText(string line)
    {
        var digits = line.EndsWith('L') ? line[..^1] : line;
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? (object)number
            : digits.Length <= LongestDigits && BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large)
                ? large
                : throw _input.Refuse($"has a whole number before byte {_input.Consumed} that is none, or too long");
    }

    private void PushFloatText() => PushNumber(_input.Line() switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        var line => double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw _input.Refuse($"has a number before byte {_input.Consumed} that is none"),
    });

    /// <summary>A text of protocol 0, without escapes: no torch ever wrote weights in that protocol.</summary>
    private string LineText(PickleOpcode opcode)
    {
        var line = _input.Line();
        if (opcode == PickleOpcode.String)
        {
            line = line is ['\'', .. var single, '\''] ? single : line is ['"', .. var twice, '"'] ? twice : "\\";
        }

        return line.Contains('\\', StringComparison.Ordinal)
            ? throw _input.Refuse($"has a text before byte {_input.Consumed} that is not quoted or has escapes")
            : line;
    }

    private void PushNamedGlobal()
    {
        if (PopMany(2) is not [string module, string name])
        {
            throw _input.Refuse($"names a global at byte {_input.Consumed - 1} by what is no text");
        }

        PushGlobal(module, name);
    }

    private void PushGlobal(string module, string name) => Push(PickleGlobals.Find(module, name) ?? throw _input.Refuse(
        $"names '{Shorten(module)}.{Shorten(name)}', which weights have no use for; only tensors, storages and plain containers are read, and nothing is ever called"));

    private void Reduce()
    {
        if (PopMany(2) is not [Global function, Sequence { Kind: SequenceKind.Tuple } arguments])
        {
            throw _input.Refuse($"calls at byte {_input.Consumed - 1} what is no function, or without arguments");
        }

        Push(function.Role switch
        {
            PickleRole.OrderedDict => OrderedDict(arguments.Items),
            PickleRole.RebuildTensor or PickleRole.RebuildTensorWithDtype => TensorView.Rebuild(_input, function, arguments.Items),
            PickleRole.RebuildParameter => arguments.Items is [Tensor tensor, bool, Map]
                ? tensor
                : throw _input.Refuse("has a parameter that is not made of a tensor, a truth value and hooks"),
            PickleRole.Ignored => Placeholder.Instance,
            _ => throw _input.Refuse($"calls '{function.Name}', which is no function of state dicts"),
        });
    }

    private Map OrderedDict(List<object?> arguments)
    {
        var map = MakeMap(isOrdered: true);
        switch (arguments)
        {
            case []:
                return map;
            case [Sequence { Kind: not SequenceKind.Set } pairs]:
                foreach (var pair in pairs.Items)
                {
                    if (pair is not Sequence { Kind: not SequenceKind.Set, Items: [var key, var value] })
                    {
                        throw _input.Refuse("has an OrderedDict of what are no pairs");
                    }

                    Set(map, key, value);
                }

                return map;
            default:
                throw _input.Refuse("has an OrderedDict that is not made of pairs");
        }
    }

    private void NewObject()
    {
        Push(PopMany(2) is [Global { Role: PickleRole.Ignored }, Sequence { Kind: SequenceKind.Tuple }]
            ? Placeholder.Instance
            : throw _input.Refuse($"makes an object of a class at byte {_input.Consumed - 1}; weights need none"));
    }

    private void Build()
    {
        // Attributes of a state dict (_metadata) and of what is read past: both are of no use here.
        var state = Pop();
        if (Top() is not (Placeholder or Map { IsOrdered: true }) || (Top() is Map && state is not Map))
        {
            throw _input.Refuse($"sets attributes at byte {_input.Consumed - 1} of what has none; only OrderedDicts do");
        }
    }

    private static string Shorten(string text)
    {
        const int Longest = 80;
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }
}
