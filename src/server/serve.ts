/** `influxdb3 serve`: from the command line to a running server and back to an exit code. */
import { SluiceError } from '../errors/index.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { packageVersion } from '../platform/version.ts';
import { createLogger } from '../telemetry/create-logger.ts';
import { parseLogFilter } from '../telemetry/log-filter.ts';
import type { ServerConfig } from './config.ts';
import { OptionError } from './option-values.ts';
import { serveHelp } from './serve-arguments.ts';
import { parseServeOptions, type ServeOptions } from './serve-options.ts';
import { type RunningServer, type ServerParts, startServer } from './start.ts';

/** Resolves with the exit code when the server has stopped. `replaced` is for the fault harness only. */
export async function serve(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  replaced: Partial<ServerParts> = {},
): Promise<number> {
  let options: ServeOptions;
  try {
    options = parseServeOptions(args, environment);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`error: ${error.message}\n\nFor more information, try '--help'.\n`);
    return 2;
  }
  if (options.kind === 'help') {
    process.stdout.write(serveHelp(options.all));
    return 0;
  }
  for (const note of options.notes) process.stderr.write(`${note}\n`);
  return run(options.config, environment, replaced);
}

async function run(
  config: ServerConfig,
  environment: NodeJS.ProcessEnv,
  replaced: Partial<ServerParts>,
): Promise<number> {
  const startedMs = performance.now();
  const output = config.log.destination === 'stdout' ? process.stdout : process.stderr;
  const logger = createLogger({
    filter: parseLogFilter(config.log.filter),
    format: config.log.format,
    write: (line) => void output.write(line),
  });
  logger.info({ node_id: config.nodeId, data_dir: config.dataDir }, 'server starting');
  // Signals that come while the parts start are kept for when they can be obeyed.
  const stopAsked = stopSignal();
  let server: RunningServer;
  try {
    server = await startServer(config, {
      clock: systemClock,
      random: systemRandom,
      logger,
      version: packageVersion(),
      environment,
      ...replaced,
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // What we have words for may have a cause besides, as a full disk.
    const reason = error instanceof SluiceError ? error.cause : error;
    if (reason !== undefined) logger.error({ error: reason }, 'the server did not start');
    process.stderr.write(`Serve command failed: ${text}\n`);
    return 1;
  }
  logger.info({ address: server.url }, `startup time: ${Math.round(performance.now() - startedMs)}ms`);
  if (config.quickStart) process.stdout.write(nextSteps(server, config));
  const onHangup = () => void server.reload();
  process.on('SIGHUP', onHangup);
  const signal = await stopAsked;
  logger.info({ signal }, 'server stopping');
  process.off('SIGHUP', onHangup);
  await server.stop();
  logger.info({}, 'server stopped');
  return 0;
}

/** The first SIGINT or SIGTERM; the second one ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

function nextSteps(server: RunningServer, config: ServerConfig): string {
  const host = server.url === 'http://127.0.0.1:8181' ? '' : ` --host ${server.url}`;
  const first =
    config.withoutAuth || server.hasOperator
      ? 'export INFLUXDB3_AUTH_TOKEN=…   # the operator token that you kept'
      : `bin/influxdb3 create token --admin${host}   # shown once; then: export INFLUXDB3_AUTH_TOKEN=…`;
  return `
Sluice listens on ${server.url} and stores in ${config.dataDir}

Type next, in a second terminal:
  ${first}
  bin/influxdb3 write${host} -d home 'room,name=kitchen temp=21.5'
  bin/influxdb3 query${host} -d home 'SELECT * FROM room'

`;
}
