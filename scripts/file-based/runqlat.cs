#!/usr/bin/env dotnet
#:package BpfInteractive.Analysis@0.1.*
// The program is ../runqlat.csx: Directory.Build.targets compiles it here.
