using System.Runtime.CompilerServices;

// Every native signature here is blittable or uses source-generated marshalling; the runtime adds nothing of its own.
[assembly: DisableRuntimeMarshalling]
