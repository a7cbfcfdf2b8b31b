#!/usr/bin/env node
import { start } from '../dist/shims/start.js'

await start(process.argv.slice(2))
