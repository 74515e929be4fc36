// Loaded before each script: whatever hangs ends as a failure.
setTimeout(() => {
  console.error('it takes too long');
  process.exit(1);
}, 150_000).unref();
