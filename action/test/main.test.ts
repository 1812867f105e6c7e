import assert from 'node:assert/strict';
import { it } from 'node:test';
import { refuseOldNode } from '../src/main.ts';

it('a Node that cannot load the action is named, rather than taken for a defect', () => {
  assert.throws(() => refuseOldNode('20.20.2'), { name: 'ToldError', message: /^The action runs on Node 24, and this is Node 20\.20\.2/ });
  for (const version of ['22.14.0', '24.21.0']) refuseOldNode(version);
});
