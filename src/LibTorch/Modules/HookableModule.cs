namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose <c>call</c> runs hooks before and after <c>forward</c>. <c>forward</c> itself runs none.</summary>
        /// <typeparam name="TPreHook">A hook that may replace the inputs.</typeparam>
        /// <typeparam name="TPostHook">A hook that may replace the result.</typeparam>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            // Arrays that are replaced, never changed: a hook may remove itself while the hooks run.
            private protected (string key, TPreHook hook)[] preHooks = [];
            private protected (string key, TPostHook hook)[] postHooks = [];
            private (string key, Action<Module> hook)[] beforeHooks = [];
            private (string key, Action<Module> hook)[] afterHooks = [];

            protected HookableModule(string name) : base(name)
            {
            }

            /// <summary>Runs <paramref name="hook"/> after <c>forward</c>; a result other than null replaces the module's.</summary>
            public HookRemover register_forward_hook(TPostHook hook) => Register(ref postHooks, hook);

            /// <summary>Runs <paramref name="hook"/> after <c>forward</c> and after the hooks that see the result.</summary>
            public HookRemover register_forward_hook(Action<Module> hook) => Register(ref afterHooks, hook);

            /// <summary>Runs <paramref name="hook"/> before <c>forward</c>; a result other than null replaces the inputs.</summary>
            public HookRemover register_forward_pre_hook(TPreHook hook) => Register(ref preHooks, hook);

            /// <summary>Runs <paramref name="hook"/> before <c>forward</c> and before the hooks that see the inputs.</summary>
            public HookRemover register_forward_pre_hook(Action<Module> hook) => Register(ref beforeHooks, hook);

            private protected void BeforeForward()
            {
                foreach (var (_, hook) in beforeHooks) hook(this);
            }

            private protected void AfterForward()
            {
                foreach (var (_, hook) in afterHooks) hook(this);
            }

            private HookRemover Register<T>(ref (string key, T hook)[] hooks, T hook)
            {
                var key = Guid.NewGuid().ToString();
                hooks = [.. hooks, (key, hook)];
                return new HookRemover(this, key);
            }

            private void Remove(string key)
            {
                preHooks = Without(preHooks);
                postHooks = Without(postHooks);
                beforeHooks = Without(beforeHooks);
                afterHooks = Without(afterHooks);

                (string key, T hook)[] Without<T>((string key, T hook)[] hooks) => Array.FindAll(hooks, h => h.key != key);
            }

            /// <summary>Takes one hook off the module that it was registered with.</summary>
            public class HookRemover
            {
                private readonly HookableModule<TPreHook, TPostHook> module;
                private readonly string key;

                public HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
                {
                    this.module = module;
                    this.key = key;
                }

                /// <summary>Takes the hook off. A second call does nothing.</summary>
                public void remove() => module.Remove(key);
            }
        }
    }
}
