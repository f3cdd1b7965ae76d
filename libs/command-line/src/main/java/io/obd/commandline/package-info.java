/** What the command lines of the programs have in common. */
@org.jspecify.annotations.NullMarked
package io.obd.commandline;
