/** {@code nydusctl}: asks a running nydusd. */
@org.jspecify.annotations.NullMarked
package io.obd.nydusd.ctl;
