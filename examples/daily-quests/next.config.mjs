/** @type {import('next').NextConfig} */
// oxlint-disable-next-line import/no-default-export -- what Next.js reads
export default {
  // This folder is the project, whatever lies around it.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
};
