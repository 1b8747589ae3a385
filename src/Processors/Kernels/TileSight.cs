namespace DiTFastAttn.Processors.Kernels;

/// <summary>Where the queries of a tile lie on the grid, and what each of them sees of one row of keys.</summary>
internal unsafe struct TileSight
{
    /// <summary>Floats of memory a lane.</summary>
    public const int FloatsPerLane = 5;

    // A text token: it sees all.
    private const int Everywhere = -1;

    private readonly int _lanes;
    private readonly int* _frames;
    private readonly int* _rows;
    private readonly int* _columns;
    private int _batch;
    private int _firstColumn;
    private int _lastColumn;

    public TileSight(float* memory, int lanes)
    {
        _lanes = lanes;
        var width = 3 * lanes;
        Middle = memory;
        Half = memory + width;
        _frames = (int*)(memory + (2 * width));
        _rows = _frames + width;
        _columns = _rows + width;
    }

    /// <summary>Where a lane's keys have their middle, and how far they reach from there (below 0 where it sees none), in the run last seen.</summary>
    public float* Middle { get; }

    /// <inheritdoc cref="Middle"/>
    public float* Half { get; }

    public int FirstFrame { get; private set; }

    public int LastFrame { get; private set; }

    public int FirstRow { get; private set; }

    public int LastRow { get; private set; }

    /// <summary>Places the queries; lanes without one stand where the last query does.</summary>
    public void Begin(in AttentionProblem problem, int batch, int first, int queries)
    {
        _batch = batch;
        var window = problem.Window;
        var (minFrame, maxFrame, minRow, maxRow) = (window.Frames, -1, window.Rows, -1);
        (_firstColumn, _lastColumn) = (window.Columns, -1);
        for (var lane = 0; lane < 3 * _lanes; lane++)
        {
            var token = first + Math.Min(lane, queries - 1) - window.GridStart;
            if (token < 0 || token >= window.GridTokens)
            {
                _frames[lane] = Everywhere;
                (minFrame, maxFrame, minRow, maxRow) = (0, window.Frames - 1, 0, window.Rows - 1);
                (_firstColumn, _lastColumn) = (0, window.Columns - 1);
                continue;
            }

            var row = Math.DivRem(token, window.Columns, out var column);
            var frame = Math.DivRem(row, window.Rows, out row);
            (_frames[lane], _rows[lane], _columns[lane]) = (frame, row, column);
            (minFrame, maxFrame) = (Math.Min(minFrame, frame), Math.Max(maxFrame, frame));
            (minRow, maxRow) = (Math.Min(minRow, row), Math.Max(maxRow, row));
            (_firstColumn, _lastColumn) = (Math.Min(_firstColumn, column), Math.Max(_lastColumn, column));
        }

        FirstFrame = Math.Max(0, minFrame - window.FramesBefore);
        LastFrame = Math.Min(window.Frames - 1, maxFrame + window.FramesAfter);
        FirstRow = Math.Max(0, minRow - window.RowsBefore);
        LastRow = Math.Min(window.Rows - 1, maxRow + window.RowsAfter);
    }

    /// <summary>Positions of the first key and behind the last that a query of the tile can see.</summary>
    public readonly (int From, int To) Reach(in AttentionProblem problem)
    {
        var window = problem.Window;
        if (window.TextTokens > 0)
        {
            return (0, problem.CountKeys(_batch));
        }

        var isSequence = window.Frames * window.Rows == 1;
        var firstColumn = isSequence ? Math.Max(0, _firstColumn - window.ColumnsBefore) : 0;
        var lastColumn = isSequence ? Math.Min(window.Columns - 1, _lastColumn + window.ColumnsAfter) : window.Columns - 1;
        var from = (((FirstFrame * window.Rows) + FirstRow) * window.Columns) + firstColumn;
        var to = (((LastFrame * window.Rows) + LastRow) * window.Columns) + lastColumn + 1;
        return (problem.Position(_batch, window.GridStart + from), problem.Position(_batch, window.GridStart + to));
    }

    /// <summary>What the lanes see of one row of the grid.</summary>
    public readonly void See(in AttentionProblem problem, int frame, int row, int vectors, KeyRun* run)
    {
        var window = problem.Window;
        var start = window.GridStart + (((frame * window.Rows) + row) * window.Columns);
        run->From = problem.Position(_batch, start);
        run->To = problem.Position(_batch, start + window.Columns);
        for (var vector = 0; vector < vectors; vector++)
        {
            var (anyFrom, anyTo, allFrom, allTo) = (run->To, run->From, run->From, run->To);
            for (var lane = vector * _lanes; lane < (vector + 1) * _lanes; lane++)
            {
                var (from, to) = (start, start + window.Columns);
                if (_frames[lane] != Everywhere)
                {
                    var (frames, rows, column) = (frame - _frames[lane], row - _rows[lane], _columns[lane]);
                    var isNear = frames >= -window.FramesBefore && frames <= window.FramesAfter && rows >= -window.RowsBefore && rows <= window.RowsAfter;
                    from = start + Math.Max(0, column - window.ColumnsBefore);
                    to = isNear ? start + Math.Min(window.Columns, column + window.ColumnsAfter + 1) : from;
                }

                (from, to) = (problem.Position(_batch, from), problem.Position(_batch, to));
                Middle[lane] = 0.5f * (from + to - 1);
                Half[lane] = from < to ? 0.5f * (to - 1 - from) : -1f;
                if (from < to)
                {
                    (anyFrom, anyTo) = (Math.Min(anyFrom, from), Math.Max(anyTo, to));
                }

                (allFrom, allTo) = (Math.Max(allFrom, from), Math.Min(allTo, to));
            }

            run->AnyFrom[vector] = Math.Min(anyFrom, anyTo);
            run->AnyTo[vector] = anyTo;
            run->AllFrom[vector] = allFrom;
            run->AllTo[vector] = Math.Max(allFrom, allTo);
        }
    }
}
