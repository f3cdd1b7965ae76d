/** The backend daemon: opens overlaybd images and attaches them as block devices, on request over a unix socket. */
@org.jspecify.annotations.NullMarked
package io.obd.tcmu;
