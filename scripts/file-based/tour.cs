#!/usr/bin/env dotnet
#:package BpfInteractive.Charts@0.1.*
// The program is ../tour.csx: Directory.Build.targets compiles it here.
