import { Command } from 'commander';
import { eraseCommand } from './customer-erase.command.js';
import { exportCommand } from './customer-export.command.js';
import { mergeCommand, splitCommand } from './customer-links.command.js';
import { showCommand } from './customer-show.command.js';

export const customerCommand = (): Command =>
  new Command('customer')
    .description("one customer's story; which identifiers are one customer; what is recorded; whom to forget")
    .addCommand(showCommand())
    .addCommand(mergeCommand())
    .addCommand(splitCommand())
    .addCommand(exportCommand())
    .addCommand(eraseCommand());
