#!/bin/sh
# The installer, for new installations and for upgrades. It needs a Java: JAVA_HOME's, or the one on PATH.
cd "$(dirname "$0")" || exit 1
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp lib/ant-launcher.jar:lib/groovy-all.jar "$@" org.apache.tools.ant.launch.Launcher
