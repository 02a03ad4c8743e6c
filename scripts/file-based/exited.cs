#!/usr/bin/env dotnet
#:package BpfInteractive.Analysis@0.1.*
// The program is ../exited.csx: Directory.Build.targets compiles it here.
