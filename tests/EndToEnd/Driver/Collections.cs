namespace Berth.EndToEnd.Tests;

// The tests of each run one after the other, and tests/run.sh gives them a stack of their own, by the trait.

/// <summary>Tests that need a stack for themselves.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
[Trait("Stack", nameof(Alone))]
public sealed class Alone;

/// <summary>Tests that break parts of a stack.</summary>
[CollectionDefinition(nameof(Faults), DisableParallelization = true)]
[Trait("Stack", nameof(Faults))]
public sealed class Faults;

/// <summary>Tests that install Berth themselves, into a cluster with a kubelet.</summary>
[CollectionDefinition(nameof(Install), DisableParallelization = true)]
[Trait("Stack", nameof(Install))]
public sealed class Install;

/// <summary>Tests that need a kubelet.</summary>
[CollectionDefinition(nameof(RealNode), DisableParallelization = true)]
[Trait("Stack", nameof(RealNode))]
public sealed class RealNode;

/// <summary>Tests that apply config/samples, whose cluster-scoped objects they would take from each other. They share a stack with others.</summary>
[CollectionDefinition(nameof(Samples))]
public sealed class Samples;
