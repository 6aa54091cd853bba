using System.Runtime.CompilerServices;

// Every import is source-generated and passes blittable types only, so nothing depends on the runtime's marshalling.
[assembly: DisableRuntimeMarshalling]
