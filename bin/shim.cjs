#!/usr/bin/env node
require('../dist/shims/start.cjs').start(process.argv.slice(2))
