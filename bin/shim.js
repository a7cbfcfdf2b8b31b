#!/usr/bin/env node
import { main } from '../dist/shims/main.js'

await main(process.argv.slice(2))
