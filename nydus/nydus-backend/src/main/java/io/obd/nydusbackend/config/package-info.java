/** The configuration of nydusd, in its three forms. */
@org.jspecify.annotations.NullMarked
package io.obd.nydusbackend.config;
