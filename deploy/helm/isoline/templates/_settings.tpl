{{/* The port of a listener: http, https or tls-offload. */}}
{{- define "isoline.listenerPort" -}}
{{- $listeners := .root.Values.config.listeners | default dict -}}
{{- if eq .listener "http" -}}
{{ dig "http" "port" 8080 $listeners }}
{{- else if eq .listener "https" -}}
{{ dig "https" "port" 8443 $listeners }}
{{- else -}}
{{ dig "tlsOffload" "port" 8081 $listeners }}
{{- end -}}
{{- end -}}

{{/* Whether Envoy listens where a load balancer ended TLS. */}}
{{- define "isoline.hasTlsOffload" -}}
{{- $listeners := .Values.config.listeners | default dict -}}
{{- if dig "tlsOffload" "enabled" false $listeners }}true{{ end -}}
{{- end -}}

{{- define "isoline.listeners" -}}
- http
- https
{{- if include "isoline.hasTlsOffload" . }}
- tls-offload
{{- end }}
{{- end -}}

{{/* Whether xDS is by TLS. On the loopback address of a Pod it need not be; on that of a node everybody reads along. */}}
{{- define "isoline.hasTls" -}}
{{- if or (eq .Values.form "Split") .Values.envoy.hostNetwork }}true{{ end -}}
{{- end -}}

{{/* Where the controller of a form listens, but for xDS. */}}
{{- define "isoline.controllerAddress" -}}
{{- if and (eq .Values.form "Sidecar") .Values.envoy.hostNetwork -}}
{{ .Values.envoy.statistics.address | default "127.0.0.1" }}
{{- else -}}
{{ .Values.bindAddress }}
{{- end -}}
{{- end -}}

{{- define "isoline.statisticsAddress" -}}
{{- $usual := ternary "127.0.0.1" .Values.bindAddress .Values.envoy.hostNetwork -}}
{{ .Values.envoy.statistics.address | default $usual }}
{{- end -}}

{{/* What cannot be, with what to do about it. */}}
{{- define "isoline.check" -}}
{{- range $name, $port := .Values.envoy.service.ports }}
{{- if and $port.enabled (eq $port.listener "tls-offload") (not (include "isoline.hasTlsOffload" $)) }}
{{- fail (printf "envoy.service.ports.%s leads to the listener tls-offload: set config.listeners.tlsOffload.enabled" $name) }}
{{- end }}
{{- end }}
{{- if and .Values.config .Values.contourConfigName }}
{{- fail "config and contourConfigName exclude each other: keep the settings in one of them" }}
{{- end }}
{{- if and .Values.metrics.podMonitor.enabled .Values.envoy.hostNetwork (eq (include "isoline.statisticsAddress" .) "127.0.0.1") }}
{{- fail "metrics.podMonitor on the host's network needs envoy.statistics.address: 0.0.0.0, and a firewall for that port" }}
{{- end }}
{{- if and .Values.envoy.autoscaling.enabled (ne .Values.envoy.kind "Deployment") }}
{{- fail "envoy.autoscaling needs envoy.kind: Deployment" }}
{{- end }}
{{- end -}}
