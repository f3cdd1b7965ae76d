/** A process that keeps open descriptors, and what they mean, while the daemon they belong to is restarted. */
@org.jspecify.annotations.NullMarked
package io.obd.holder;
