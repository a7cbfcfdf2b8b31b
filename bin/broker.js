#!/usr/bin/env node
import { main } from '../dist/broker/main.js'

await main(process.argv.slice(2))
