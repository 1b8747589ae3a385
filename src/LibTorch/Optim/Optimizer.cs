using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Optimizers: what changes parameters by their gradients.</summary>
    public static partial class optim
    {
        /// <summary>Base of the optimizers.</summary>
        public abstract class Optimizer : IDisposable
        {
            private protected readonly List<ParamGroup> groups = [];

            // By the object: a parameter's handle is a new one after a move.
            private protected readonly Dictionary<Parameter, OptimizerState> states = new(ReferenceEqualityComparer.Instance);

            private protected Optimizer()
            {
            }

            /// <summary>The groups of parameters, whose learning rates can be set.</summary>
            public virtual IEnumerable<ILearningRateController> ParamGroups => groups;

            /// <summary>All parameters, group by group.</summary>
            public virtual IEnumerable<Parameter> parameters() => groups.SelectMany(g => g.Parameters);

            /// <summary>Adds parameters with settings of their own; what the group leaves open is taken from the optimizer.</summary>
            public virtual void add_param_group(ParamGroup param_group) => Join(param_group);

            /// <summary>Fills the gradients with zeros.</summary>
            public virtual void zero_grad()
            {
                foreach (var parameter in parameters())
                {
                    using var grad = parameter.grad;
                    grad?.zero_();
                }
            }

            /// <summary>Changes the parameters once by their gradients; one without a gradient stays.</summary>
            /// <param name="closure">Computes the loss and its gradients first.</param>
            /// <returns>The closure's loss, which is the caller's.</returns>
            public virtual Tensor? step(Func<Tensor>? closure = null)
            {
                Tensor? loss = null;
                if (closure is not null)
                {
                    using var recording = enable_grad();
                    loss = closure();
                }
                using var mode = no_grad();
                foreach (var group in groups)
                {
                    foreach (var parameter in group.Parameters)
                    {
                        using var scope = NewDisposeScope();
                        if (parameter.grad is { } grad) Update(group.Options, parameter, grad, states[parameter]);
                    }
                }
                return loss;
            }

            /// <summary>Disposes the optimizer's state. The parameters stay.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var state in states.Values) (state as IDisposable)?.Dispose();
            }

            private protected void Join(ParamGroup group)
            {
                group.Options = Complete(group.Options);
                group.InitialLearningRate = group.LearningRate;
                groups.Add(group);
                foreach (var parameter in group.Parameters)
                {
                    var state = NewState(parameter, group.Options);
                    state.Initialize(group.Options);
                    states[parameter] = state;
                }
            }

            /// <summary>A group's settings with the optimizer's own where the group leaves them open.</summary>
            private protected abstract OptimizerOptions Complete(OptimizerOptions? given);

            /// <summary>The state of a parameter that joins.</summary>
            private protected abstract OptimizerState NewState(Parameter parameter, OptimizerOptions options);

            /// <summary>Changes one parameter. What it makes goes with the scope around it.</summary>
            private protected abstract void Update(OptimizerOptions options, Parameter parameter, Tensor grad, OptimizerState state);

            /// <summary>The settings of the groups and the state of the parameters, group by group.</summary>
            public class StateDictionary
            {
                internal StateDictionary()
                {
                }

                public List<OptimizerOptions> Options { get; } = [];

                public List<OptimizerState> State { get; } = [];

                /// <summary>For each group the places of its parameters in <see cref="State"/>.</summary>
                public List<List<int>> StateIndexRef { get; } = [];
            }
        }

        /// <summary>What a schedule of learning rates sets.</summary>
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        /// <summary>An optimizer, or a group, with momentum.</summary>
        public interface IMomentum
        {
            double Momentum { get; set; }
        }

        /// <summary>An optimizer, or a group, with two decay rates.</summary>
        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }
    }
}
