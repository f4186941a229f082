#!/usr/bin/env node
// The command lies in dist, which a fresh clone does not have when npm links this file.
import '../dist/bin.js';
