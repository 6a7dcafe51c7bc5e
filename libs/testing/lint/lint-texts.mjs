// For lint.spec.ts: lints texts as if they stood in files of the workspace, with the workspace's own
// configuration, and answers with the rules that refuse each. JSON in and out.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';
import { root } from './workspace.mjs';

const eslint = new ESLint({ cwd: root });
const answers = [];
for (const { file, code } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(code, { filePath: file });
  answers.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(JSON.stringify(answers));
