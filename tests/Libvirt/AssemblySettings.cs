// Handle counts are process-wide and test:///default is one host per process: tests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
