{{- define "isoline.certgenPod" -}}
{{- $values := dict "root" .root "component" "certgen" -}}
template:
  metadata:
    labels:
      {{- include "isoline.labels" $values | nindent 6 }}
  spec:
    serviceAccountName: {{ include "isoline.certgen" .root }}
    restartPolicy: OnFailure
    {{- include "isoline.pod" .root | nindent 4 }}
    {{- with include "isoline.placement" (dict "values" .root.Values.controller) }}{{ trim . | nindent 4 }}{{ end }}
    containers:
    - name: certgen
      {{- include "isoline.image" (dict "root" .root "image" .root.Values.image) | nindent 6 }}
      {{- include "isoline.containerSecurity" .root | nindent 6 }}
      args:
      - certgen
      - --kube
      - --incluster
      - --secrets-format=compact
      - --namespace=$(CONTOUR_NAMESPACE)
      {{- with .root.Values.xds.tls.secretsNameSuffix }}
      - --secrets-name-suffix={{ . }}
      {{- end }}
      {{- if .overwrite }}
      - --overwrite
      {{- end }}
      env:
      {{- include "isoline.namespaceVariable" .root | nindent 6 }}
      resources:
        {{- toYaml .root.Values.xds.tls.certgen.resources | nindent 8 }}
      volumeMounts:
      {{- include "isoline.tokenMount" .root | nindent 6 }}
    volumes:
    {{- include "isoline.tokenVolume" .root | nindent 4 }}
{{- end -}}
