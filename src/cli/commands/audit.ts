/** `influxdb3 audit`: verify the chain, export the rows (`beyond.md` B12). */
import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import { askServer } from '../ask-server.ts';
import { type CommonOptions, createClient, withConnection } from '../common-options.ts';
import { ExitError } from '../errors.ts';
import type { Terminal } from '../output.ts';

const AUDIT_PATH = '/api/v3/enterprise/audit';
/** Rows of one request: bounded memory here and there. */
const PAGE_ROWS = 10_000;

type Verdict = { ok: true; rows: number } | { ok: false; seq: number; problem: string };

export function addAudit(program: Command, terminal: Terminal): void {
  const audit = program.command('audit').description('Read and verify the audit log');
  withConnection(audit.command('verify'))
    .description('Walk the hash chain; exit code 1 and the first bad row when it does not hold')
    .action(async (options: CommonOptions) => {
      const verdict = (await askServer(options, { method: 'GET', path: `${AUDIT_PATH}/verify` })) as Verdict;
      if (!verdict.ok) {
        terminal.err(`The audit log does not verify: row ${verdict.seq}: ${verdict.problem}\n`);
        throw new ExitError(1);
      }
      terminal.out(`The audit log verifies: ${verdict.rows} rows\n`);
    });
  withConnection(audit.command('export'))
    .description('Write all rows, oldest first')
    .addOption(new Option('--format <FORMAT>', 'output format').choices(['jsonl']).default('jsonl'))
    .option('-o, --output <FILE>', 'write to a file that only you can read')
    .action(async (options: CommonOptions & { output?: string }) => {
      const client = createClient(options);
      let isFirst = true;
      for await (const page of auditPages(client)) {
        if (options.output === undefined) terminal.outBytes(page);
        else writeFileSync(options.output, page, { flag: isFirst ? 'w' : 'a', mode: 0o600 });
        isFirst = false;
      }
      client.close();
    });
}

/** Pages of JSON lines, until one comes back short. */
async function* auditPages(client: Client): AsyncGenerator<Buffer> {
  let afterSeq = 0;
  for (;;) {
    const { body } = await client.request({
      method: 'GET',
      path: AUDIT_PATH,
      query: { after_seq: String(afterSeq), limit: String(PAGE_ROWS) },
    });
    if (body.length === 0) return;
    yield body;
    const lastLine = body.subarray(body.lastIndexOf('\n', -2) + 1).toString('utf8');
    afterSeq = (JSON.parse(lastLine) as { seq: number }).seq;
  }
}
