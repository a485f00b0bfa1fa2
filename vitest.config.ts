import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    // The in-process engine is native code that owns threads: one process per file keeps a crash local.
    pool: 'forks',
    maxWorkers: 2,
    env: { UV_THREADPOOL_SIZE: '48' },
    globalSetup: './test/support/temporary-directory.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
