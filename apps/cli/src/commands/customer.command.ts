import { Command } from 'commander';
import { mergeCommand, splitCommand } from './customer-links.command.js';
import { showCommand } from './customer-show.command.js';

export const customerCommand = (): Command =>
  new Command('customer')
    .description("one customer's story; which identifiers are one customer")
    .addCommand(showCommand())
    .addCommand(mergeCommand())
    .addCommand(splitCommand());
