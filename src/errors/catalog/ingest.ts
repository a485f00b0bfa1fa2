import { defineError } from '../error.ts';

export const emptyWrite = defineError('empty_write', 400, 'text', () => 'incoming write was empty');
