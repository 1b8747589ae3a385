namespace Demo
{
    public sealed partial class SelfAttention() : torch.nn.Module<torch.Tensor, torch.Tensor>("SelfAttention")
    {
        [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
        public override partial torch.Tensor forward(torch.Tensor input);

        private AttentionInput ProjectQkv(Tensor input) => throw new NotImplementedException("[B, L, d] to three of [B, H, L, D]");

        private Tensor ProjectOut(Tensor attended) => throw new NotImplementedException("[B, H, L, D] to [B, L, d]");
    }
}
