namespace Berth.EndToEnd.Tests;

/// <summary>Tests that take processes of the stack away, or all of the machine: they run one after the other, when all others are done.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
