// Loaded into the measured process: hosts of Google are on this machine, where their names lead to the server that stands for them. TLS is as anywhere.
import process from 'node:process';
import tls from 'node:tls';

const { connect } = tls;
tls.connect = (options, ...rest) =>
  connect(options.host?.endsWith('.googleapis.com') ? { ...options, host: '127.0.0.1', port: Number(process.env.BENCH_GOOGLE_PORT) } : options, ...rest);
