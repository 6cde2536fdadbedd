# The function with which every rule runs a script of the project:
#
#     script LOG NAME [ARGUMENT ...]
#
# What the script says as an error goes to LOG, and is shown where it fails. It runs in a fork of the warm interpreter of
# the snakemake that runs the rule (server.py), else in an interpreter of its own: a single job on a node of a cluster has
# no server. Nothing is started to ask the server, for a job is often shorter than the start of a program.
#
# SNAKEMAKE: the process of that snakemake. SCRIPTS: the folder of the scripts. TRIAL_SERVER, where a snakemake has
# started a server: its process, the port, the word that the server asks for.

script() {
	local log="$1" path="$SCRIPTS/$2" code="" process port word
	export TRIAL_MEASURED="${log/results\/logs\//results\/benchmarks\/}"
	TRIAL_MEASURED="${TRIAL_MEASURED%.log}.tsv"
	shift 2
	IFS=: read -r process port word <<< "${TRIAL_SERVER:-}"
	if [ "$process" = "$SNAKEMAKE" ] && { exec 3<> "/dev/tcp/127.0.0.1/$port"; } 2> /dev/null; then
		trap '' PIPE
		printf '%s\0' "$(($# + 5))" "$word" "$PWD" "$log" "$TRIAL_MEASURED" "$path" "$@" 2> /dev/null >&3 || true
		read -r code 2> /dev/null <&3 || true
		if [ -z "$code" ]; then
			code=137
			echo "$path: the process was killed before it ended" >> "$log"
		fi
	else
		code=0
		python "$path" "$@" < /dev/null 2> "$log" || code=$?
	fi
	if [ "$code" -ne 0 ]; then cat "$log" >&2; fi
	return "$code"
}
