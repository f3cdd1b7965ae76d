/** The form of the programs' logs: one line an entry, {@code time="…" level=info msg="…"}. */
package io.obd.logfmt;
