/** TF.js greets on stderr when its plain-JavaScript engine starts in Node; tests do not need the advertisement. */
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
