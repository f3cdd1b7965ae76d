/** What the data path does, for those who operate it: metrics, an audit log, and what each device has had. */
@org.jspecify.annotations.NullMarked
package io.obd.tcmu.watch;
