using DiTFastAttn.Models.OpenSora;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>One generation of an <see cref="OpenSoraSampler"/>, stepped through by its caller.</summary>
public sealed class OpenSoraTrajectory : IBlockwiseTrajectory
{
    private readonly STDiTModel _model;
    private readonly GuidedBatch _batch;
    private readonly VideoDenoising _denoising;
    private readonly IReadOnlyList<float> _timesteps;
    private readonly Tensor _text;
    private readonly Tensor? _textMask;
    private readonly VideoSizes? _sizes;

    internal OpenSoraTrajectory(
        STDiTModel model,
        IddpmScheduler scheduler,
        GuidedBatch batch,
        VideoText text,
        VideoSizes? sizes,
        Tensor latents,
        Func<int, Tensor> noise,
        FrameConditioning? frames)
    {
        (_model, _batch, _sizes, _timesteps) = (model, batch, sizes, scheduler.Timesteps);
        using var noGrad = no_grad();
        _text = WithNullText(text.Embeddings).DetachFromDisposeScope();
        _textMask = text.Mask?.alias().DetachFromDisposeScope();
        _denoising = new VideoDenoising(scheduler, batch, latents, noise, frames);
    }

    /// <inheritdoc/>
    public int Steps => _denoising.Steps;

    /// <inheritdoc/>
    public Guidance Guidance => _batch.Guidance;

    /// <summary>Steps taken so far; the index of the step that <see cref="Predict"/> predicts.</summary>
    public int StepsTaken => _denoising.StepsTaken;

    /// <summary>What the model is given at each step, in order.</summary>
    public IReadOnlyList<float> Timesteps => _timesteps;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public Tensor Predict()
    {
        RequireStepLeft();
        using var noGrad = no_grad();
        var input = Input();
        try
        {
            return _model.forward(input);
        }
        finally
        {
            Free(input);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public void Advance(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireStepLeft();
        using var noGrad = no_grad();
        _denoising.Advance(output);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">All steps are taken.</exception>
    public IBlockChain BeginPrediction()
    {
        RequireStepLeft();
        using var noGrad = no_grad();
        var input = Input();
        return new PredictionChain(_model.BeginBlocks(input), input.Latents, input.Timesteps, input.FrameMask);
    }

    /// <inheritdoc/>
    public Tensor Latents() => _denoising.Latents.alias();

    /// <summary>Frees latents and texts.</summary>
    public void Dispose()
    {
        _denoising.Dispose();
        _text.Dispose();
        _textMask?.Dispose();
    }

    /// <summary>The model's input at this step, whose fresh tensors <see cref="Free"/> frees.</summary>
    private STDiTInput Input()
    {
        var latents = _denoising.Input().DetachFromDisposeScope();
        using var frames = _denoising.FrameMask();
        return new STDiTInput(latents, _denoising.Timesteps(latents).DetachFromDisposeScope(), _text)
        {
            TextMask = _textMask,
            FrameMask = frames is null ? null : _batch.Double(frames).DetachFromDisposeScope(),
            Sizes = _sizes,
        };
    }

    private static void Free(STDiTInput input)
    {
        input.Latents.Dispose();
        input.Timesteps.Dispose();
        input.FrameMask?.Dispose();
    }

    /// <summary>The unconditional half reads "no text", cut to the length of the texts, and under their masks.</summary>
    private Tensor WithNullText(Tensor embeddings)
    {
        if (_batch.Guidance == Guidance.None)
        {
            return embeddings.alias();
        }

        using var scope = NewDisposeScope();
        var samples = embeddings.shape[0];
        var nothing = _model.NullText.narrow(0, 0, embeddings.shape[2]).unsqueeze(0).unsqueeze(0).to(embeddings.dtype);
        return cat([embeddings, nothing.expand(samples, 1, -1, -1)], 0).MoveToOuterDisposeScope();
    }

    private void RequireStepLeft()
    {
        if (StepsTaken >= Steps)
        {
            throw new InvalidOperationException($"all {Steps} steps are taken: begin a new generation.");
        }
    }
}
