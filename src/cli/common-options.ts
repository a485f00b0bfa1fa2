/** Options that every client command shares (`cli.md` 1.1), and the client made from them. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Client } from '../client/client.ts';

export interface CommonOptions {
  readonly host: string;
  readonly token?: string;
  readonly tlsCa?: string;
  readonly tlsNoVerify?: boolean;
}

export const OUTPUT_FORMATS = ['pretty', 'json', 'jsonl', 'csv', 'parquet'] as const;

/** Adds host, token and TLS options; values of secrets from the environment are never shown in help. */
export function withConnection(command: Command): Command {
  return command
    .addOption(
      new Option('-H, --host <URL>', 'the host URL of the running server')
        .env('INFLUXDB3_HOST_URL')
        .default('http://127.0.0.1:8181'),
    )
    .addOption(new Option('--token <TOKEN>', 'the token for authentication').env('INFLUXDB3_AUTH_TOKEN'))
    .addOption(new Option('--tls-ca <PATH>', 'a PEM file with an authority to trust').env('INFLUXDB3_TLS_CA'))
    .addOption(
      new Option('--tls-no-verify', 'do not verify the TLS certificate').env('INFLUXDB3_TLS_NO_VERIFY'),
    );
}

export function databaseOption(): Option {
  return new Option('-d, --database <NAME>', 'the name of the database')
    .env('INFLUXDB3_DATABASE_NAME')
    .makeOptionMandatory();
}

export function formatOption(): Option {
  return new Option('--format <FORMAT>', 'output format').choices([...OUTPUT_FORMATS]).default('pretty');
}

export function createClient(options: CommonOptions): Client {
  return new Client({
    host: options.host,
    token: options.token,
    tlsCa: options.tlsCa === undefined ? undefined : readFileSync(options.tlsCa, 'utf8'),
    tlsNoVerify: options.tlsNoVerify,
  });
}

/** Splits `a,b` and refuses empty items. */
export function parseList(value: string): string[] {
  const items = value.split(',');
  if (items.some((item) => item === '')) throw new InvalidArgumentError('an item of the list is empty.');
  return items;
}

export function parseCount(value: string): number {
  if (!/^[0-9]+$/.test(value)) throw new InvalidArgumentError('invalid digit found in string');
  return Number(value);
}
