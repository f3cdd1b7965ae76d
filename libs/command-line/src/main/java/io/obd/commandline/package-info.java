/** What command lines of programs with several commands have in common. */
@org.jspecify.annotations.NullMarked
package io.obd.commandline;
