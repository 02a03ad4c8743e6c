#!/usr/bin/env dotnet
#:package BpfInteractive@0.1.*
// The program is ../exited.csx: Directory.Build.targets compiles it here.
