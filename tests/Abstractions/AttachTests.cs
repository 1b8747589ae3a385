using DiTFastAttn.Tests.Testing;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Tests;

public sealed class AttachTests
{
    private static readonly TestCatalog Catalog = new();
    private static readonly TorchKernel Kernel = new();

    [Fact]
    public void Sites_have_module_paths_as_names_and_stand_in_forward_order()
    {
        using var model = new ToyModel(blocks: 11);
        using var attached = Attach(model);

        attached.Sites.Select(site => site.Name).ShouldBe(Enumerable.Range(0, 11).Select(i => $"blocks.{i}"));
        attached.Sites.Select(site => site.Index).ShouldBe(Enumerable.Range(0, 11));
    }

    [Fact]
    public void Fingerprint_has_name_heads_and_width()
    {
        using var model = new ToyModel(blocks: 2);
        using var attached = Attach(model);

        attached.Fingerprint.Name.ShouldBe("ToyModel");
        attached.Fingerprint.Sites.ShouldBe([new("blocks.0", 2, 4), new("blocks.1", 2, 4)]);
    }

    [Fact]
    public void Declared_names_come_after_the_path_and_a_base_class_first()
    {
        using var model = new Sequence(new TwoSites(), new TwoSites());
        using var attached = Attach(model);

        attached.Sites.Select(site => site.Name).ShouldBe(["first.own", "first.added", "second.own", "second.added"]);
        attached.Sites.Select(site => (site.Heads, site.HeadWidth)).Distinct().ShouldBe([(0L, 0L)]);
    }

    [Fact]
    public void Model_that_is_itself_the_attention_module_has_sites_too()
    {
        using var alone = new ToyAttention();
        using var attached = Attach(alone);
        attached.Sites.ShouldHaveSingleItem().Name.ShouldBe("attention");

        using var named = new TwoSites();
        using var attachedToo = Attach(named);
        attachedToo.Sites.Select(site => site.Name).ShouldBe(["own", "added"]);
    }

    [Fact]
    public void Module_that_is_registered_twice_has_one_site()
    {
        using var shared = new ToyAttention();
        using var model = new Sequence(shared, shared);
        using var attached = Attach(model);

        attached.Sites.ShouldHaveSingleItem().Name.ShouldBe("first");
    }

    [Fact]
    public void Attaching_changes_no_parameter_and_no_key()
    {
        using var model = new ToyModel(blocks: 2);
        var before = model.state_dict();
        using var attached = Attach(model);
        var after = model.state_dict();

        after.Keys.ShouldBe(before.Keys);
        after.Values.Select(tensor => tensor.Handle).ShouldBe(before.Values.Select(tensor => tensor.Handle));
        after.Keys.ShouldBe(["blocks.0.qkv.weight", "blocks.0.qkv.bias", "blocks.0.proj.weight", "blocks.0.proj.bias",
            "blocks.1.qkv.weight", "blocks.1.qkv.bias", "blocks.1.proj.weight", "blocks.1.proj.bias"]);
    }

    [Fact]
    public void Model_is_attached_once_at_a_time()
    {
        using var model = new ToyModel(blocks: 2);
        var attached = Attach(model);

        Should.Throw<InvalidOperationException>(() => Attach(model)).Message
            .ShouldBe("module 'blocks.0' is attached already: dispose the first AttachedModel before attaching again.");
        Should.Throw<InvalidOperationException>(() => Attach(model.Block(1))).Message.ShouldContain("'ToyAttention' is attached already");

        attached.Dispose();
        using var again = Attach(model);
        again.Sites.Count.ShouldBe(2);
    }

    [Fact]
    public void Refused_attach_leaves_the_model_as_it_was()
    {
        using var model = new ToyModel(blocks: 3);
        using var part = Attach(model.Block(2));

        Should.Throw<InvalidOperationException>(() => Attach(model)).Message.ShouldContain("'blocks.2' is attached already");

        // Blocks 0 and 1 were looked at before the refusal and are still free.
        using var first = Attach(model.Block(0));
        using var second = Attach(model.Block(1));
    }

    [Fact]
    public void Model_without_a_site_is_refused()
    {
        using var model = Linear(2, 2);

        Should.Throw<ArgumentException>(() => Attach(model)).Message
            .ShouldStartWith("model 'Linear' has no attention site: mark a partial method of its attention module with [AttentionSite], or wrap it with [assembly: WrapAttention(…)]");
    }

    [Fact]
    public void Two_sites_of_one_name_are_refused()
    {
        using var model = new Clash();

        Should.Throw<ArgumentException>(() => Attach(model)).Message
            .ShouldStartWith("model 'Clash' has 2 sites named 'attn': site names have to be unique.");
        ((IAttentionSiteHost)model).SitesConnected.ShouldBeFalse();
    }

    [Fact]
    public void Disposing_twice_is_harmless_and_nothing_begins_afterwards()
    {
        using var model = new ToyModel(blocks: 1);
        var attached = Attach(model);
        var plan = AttentionPlan.AllFull(attached, Guidance.None, 1);
        attached.Dispose();
        attached.Dispose();

        var request = new RunRequest(1, Guidance.None);
        Should.Throw<ObjectDisposedException>(() => attached.BeginRun(plan, request));
        Should.Throw<ObjectDisposedException>(() => attached.BeginRun(request));
        Should.Throw<ObjectDisposedException>(() => attached.BeginTrialRun(Guidance.None));
    }

    [Fact]
    public void Late_dispose_of_a_detached_model_leaves_a_newer_attachment_alone()
    {
        using var model = new ToyModel(blocks: 1);
        var old = Attach(model);
        old.Dispose();
        using var current = Attach(model);
        old.Dispose();

        ((IAttentionSiteHost)model.Block(0)).SitesConnected.ShouldBeTrue();
    }

    [Fact]
    public void Nulls_are_refused_by_name()
    {
        using var model = new ToyModel(blocks: 1);

        Should.Throw<ArgumentNullException>(() => AttachedModel.Attach(null!, Catalog, Kernel, AttentionWindow.Paper)).ParamName.ShouldBe("model");
        Should.Throw<ArgumentNullException>(() => AttachedModel.Attach(model, null!, Kernel, AttentionWindow.Paper)).ParamName.ShouldBe("catalog");
        Should.Throw<ArgumentNullException>(() => AttachedModel.Attach(model, Catalog, null!, AttentionWindow.Paper)).ParamName.ShouldBe("kernel");
    }

    [Fact]
    public void Run_needs_a_plan_from_somewhere()
    {
        using var model = new ToyModel(blocks: 1);
        using var attached = Attach(model);

        Should.Throw<InvalidOperationException>(() => attached.BeginRun(3, Guidance.None)).Message.ShouldStartWith("no plan provider was chosen");
    }

    [Fact]
    public void Plan_provider_is_asked_with_model_and_request()
    {
        using var model = new ToyModel(blocks: 1);
        var provider = new RecordingProvider();
        using var attached = AttachedModel.Attach(model, Catalog, Kernel, AttentionWindow.Paper, provider);

        using var run = attached.BeginRun(3, Guidance.ConditionalLast);

        provider.Asked.ShouldBe(new PlanRequest(attached, new RunRequest(3, Guidance.ConditionalLast)));
        run.Plan.Steps.ShouldBe(3);
    }

    private static AttachedModel Attach(nn.Module model) => AttachedModel.Attach(model, Catalog, Kernel, AttentionWindow.Paper);

    private sealed class RecordingProvider : IPlanProvider
    {
        public PlanRequest? Asked { get; private set; }

        public AttentionPlan GetPlan(PlanRequest request)
        {
            Asked = request;
            return AttentionPlan.AllFull(request.Model, request.Run.Guidance, request.Run.Steps);
        }
    }

    private sealed class Sequence : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> first;
        private readonly Module<Tensor, Tensor> second;

        public Sequence(Module<Tensor, Tensor> first, Module<Tensor, Tensor> second)
            : base(nameof(Sequence))
        {
            this.first = first;
            this.second = second;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var between = first.forward(input);
            return second.forward(between);
        }
    }
}

internal abstract partial class OneSite() : Module<Tensor, Tensor>("OneSite")
{
    [AttentionSite("own", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public override partial Tensor forward(Tensor input);

    protected static AttentionInput ProjectQkv(Tensor hidden)
    {
        using var heads = hidden.unsqueeze(1); // [B, L, d] -> [B, 1, L, d]
        return new AttentionInput(heads.alias(), heads.alias(), heads.alias());
    }

    protected static Tensor ProjectOut(Tensor attended) => attended.squeeze(1); // [B, 1, L, d] -> [B, L, d]
}

internal sealed partial class TwoSites : OneSite
{
    [AttentionSite("added", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public partial Tensor AttendAgain(Tensor hidden);
}

internal sealed partial class Clash : Module<Tensor, Tensor>
{
    private readonly ToyAttention attn = new();

    public Clash()
        : base(nameof(Clash)) => RegisterComponents();

    public override Tensor forward(Tensor input) => attn.forward(input);

    [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public partial Tensor Attend(Tensor hidden);

    private static AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private static Tensor ProjectOut(Tensor attended) => attended.alias();
}
